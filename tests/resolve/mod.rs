//! Requirements become wheels: through pip, for the target, once.
