//! Which of a lambda's own files are packaged.
