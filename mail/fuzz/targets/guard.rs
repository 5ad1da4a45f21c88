#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mail::fuzzing::the_guard_does_not_depend_on_cuts(bytes));
