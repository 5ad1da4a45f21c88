//! Every order of answers, without a wire.
