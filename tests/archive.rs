//! What is written reads back, and its bytes are those that were promised.
