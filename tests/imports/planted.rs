//! Faults that are planted in right projects.
