//! Nothing of the machine reaches the bytes.
