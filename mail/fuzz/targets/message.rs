#![no_main]

#[path = "../any_message.rs"]
mod any_message;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| any_message::check(bytes));
