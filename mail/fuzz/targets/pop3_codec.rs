#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mail::fuzzing::pop3_bodies_do_not_depend_on_cuts(bytes));
