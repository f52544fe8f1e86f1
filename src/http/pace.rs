//! The pace that a server must keep to, whatever it speaks.
//!
//! ureq limits a read by itself, so a server that drips never reaches that limit. The rate is measured
//! where bytes come in: the answer of a proxy, a record of TLS, a header, and what stands around a
//! chunk of a body can drip as well as the body. (ureq 3.5.2 gives each read of a proxy's answer all
//! the time to connect anew; see its `connect.rs`.)

use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

use super::retry::LEAST;

/// Makes connections on which [`LEAST`] bytes come in each of these times.
#[derive(Debug)]
pub(super) struct Pace(pub(super) Duration);

impl<In: Transport> Connector<In> for Pace {
    type Out = Paced<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Paced<In>>, Error> {
        let paced = |inner| Paced { inner, silence: self.0, since: Instant::now(), bytes: 0 };
        Ok(chained.map(paced))
    }
}

/// A connection, and what has come of the next [`LEAST`] bytes.
#[derive(Debug)]
pub(super) struct Paced<T> {
    inner: T,
    silence: Duration,
    since: Instant,
    bytes: usize,
}

impl<T> Paced<T> {
    fn begin_anew(&mut self) {
        (self.since, self.bytes) = (Instant::now(), 0);
    }
}

impl<T: Transport> Transport for Paced<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // Before a request a connection may have been idle.
        self.begin_anew();
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.inner.buffers().input().len();
        let has_come = self.inner.await_input(timeout)?;
        self.bytes += self.inner.buffers().input().len().saturating_sub(before);
        // Only after a read: whoever takes the bytes may have been slow.
        if self.bytes as u64 >= LEAST {
            self.begin_anew();
        } else if self.since.elapsed() > self.silence {
            return Err(Error::Timeout(Timeout::RecvBody));
        }
        Ok(has_come)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
