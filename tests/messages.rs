//! What users read: exit code, answer and talk, whole.
