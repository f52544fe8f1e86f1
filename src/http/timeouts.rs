//! How long the client waits, and for what.

use std::time::Duration;

/// How often a fetch is tried in a row without a new byte.
pub(super) const TRIES: u32 = 5;

/// How long the client waits; a value, so that tests need not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For a name to be resolved, and then for a connection with its proxy and TLS.
    pub(super) connect: Duration,
    /// For the next bytes of an answer. A slow body may take as long as it likes, a stalled one
    /// may not.
    pub(super) silence: Duration,
    /// Before the second try; each further pause is twice as long.
    pub(super) first_pause: Duration,
    /// Before any try, of our own accord.
    pub(super) longest_pause: Duration,
    /// Before any try, when the server asks for it.
    pub(super) longest_asked: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(4),
            longest_asked: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// Returns the pause after so many failures in a row; `asked` is what the server wants.
    pub(super) fn pause(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let doublings = failures.saturating_sub(1);
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let own = self.first_pause.saturating_mul(factor).min(self.longest_pause);
        own.max(asked.unwrap_or_default().min(self.longest_asked))
    }
}
