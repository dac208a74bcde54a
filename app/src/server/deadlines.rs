//! Ends connections that hold a place and do nothing. hyper's own header timer begins only once the protocol is known,
//! so a connection that says nothing would stay for ever; and it counts idle time between requests as time for headers.

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a client has for a whole request head, from the connection or from the head's first byte.
pub const HEAD: Duration = Duration::from_secs(10);
/// How long a connection stays open between requests. Longer than proxies keep theirs (nginx: 60 s, AWS: 60 s): if
/// we close first, that races the proxy's next request, and it answers 502.
const IDLE: Duration = Duration::from_secs(90);
/// How long a client may take nothing of an answer.
const UNREAD: Duration = Duration::from_secs(30);

/// What is expected of the client, and until when. Shared by the connection and its requests.
#[derive(Clone)]
pub struct Expectation(Arc<Mutex<State>>);

struct State {
    requests: usize,
    /// HTTP/2 sends frames between requests, so a byte is no beginning of a head there.
    multiplexed: bool,
    head_begun: bool,
    until: Instant,
}

impl Expectation {
    fn new() -> Self {
        let until = Instant::now() + HEAD;
        Self(Arc::new(Mutex::new(State { requests: 0, multiplexed: false, head_begun: true, until })))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request's head is whole. Until the answer is sent nothing is expected here; bodies have deadlines of their
    /// own.
    pub fn request(&self, multiplexed: bool) -> Answering {
        let mut state = self.state();
        state.requests += 1;
        state.multiplexed = multiplexed;
        Answering(self.clone())
    }

    /// The connection speaks another protocol from here on, which looks after itself.
    pub fn upgraded(&self) {
        self.state().requests += 1;
    }

    fn received(&self) {
        let mut state = self.state();
        if state.requests == 0 && !state.head_begun && !state.multiplexed {
            (state.head_begun, state.until) = (true, Instant::now() + HEAD);
        }
    }

    fn until(&self) -> Option<Instant> {
        let state = self.state();
        (state.requests == 0).then_some(state.until)
    }
}

/// A request under way; dropped when its answer is sent.
pub struct Answering(Expectation);

impl Drop for Answering {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.requests = state.requests.saturating_sub(1);
        (state.head_begun, state.until) = (false, Instant::now() + IDLE);
    }
}

/// A connection that breaks with `TimedOut` once a deadline has passed.
pub struct Deadlines<T> {
    stream: T,
    expectation: Expectation,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
    stuck: bool,
}

impl<T> Deadlines<T> {
    pub fn new(stream: T) -> Self {
        let sleep = || Box::pin(tokio::time::sleep(HEAD));
        Self { stream, expectation: Expectation::new(), reading: sleep(), writing: sleep(), stuck: false }
    }

    pub fn expectation(&self) -> Expectation {
        self.expectation.clone()
    }

    /// What a write answers, unless the client has taken nothing for too long.
    fn written<V>(&mut self, cx: &mut Context<'_>, answer: Poll<io::Result<V>>) -> Poll<io::Result<V>> {
        if answer.is_ready() {
            self.stuck = false;
            return answer;
        }
        if !self.stuck {
            self.stuck = true;
            self.writing.as_mut().reset(Instant::now() + UNREAD);
        }
        ready!(self.writing.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Deadlines<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(answer) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            if buf.filled().len() > before {
                self.expectation.received();
            }
            return Poll::Ready(answer);
        }
        let Some(until) = self.expectation.until() else { return Poll::Pending };
        if self.reading.deadline() != until {
            self.reading.as_mut().reset(until);
        }
        ready!(self.reading.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Deadlines<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, answer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(cx, answer)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// An answer's body, which ends the request when it is sent or given up.
pub struct Counted {
    body: Body,
    _answering: Answering,
}

impl Counted {
    pub fn new(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    /// How long a read waits when nothing more comes.
    async fn broken_after(connection: &mut Deadlines<tokio::io::DuplexStream>) -> Duration {
        let start = Instant::now();
        let error = timeout(IDLE * 2, connection.read_u8()).await.expect("a deadline").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_too_little_is_not_waited_for() {
        let (_client, server) = tokio::io::duplex(64);
        assert_eq!(broken_after(&mut Deadlines::new(server)).await, HEAD);

        // a byte every three seconds does not put it off
        let (mut client, server) = tokio::io::duplex(64);
        let mut connection = Deadlines::new(server);
        let start = Instant::now();
        tokio::spawn(async move {
            for _ in 0..20 {
                client.write_all(b"G").await.unwrap_or_default();
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
        });
        while timeout(IDLE * 2, connection.read_u8()).await.expect("a deadline").is_ok() {}
        assert_eq!(start.elapsed(), HEAD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_rest_between_requests_and_then_begin_anew() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut connection = Deadlines::new(server);
        let answering = connection.expectation().request(false);
        // an answer may take its time
        let waited = timeout(IDLE * 2, connection.read_u8()).await;
        assert!(waited.is_err(), "no deadline while a request is answered");
        drop(answering);
        tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
        client.write_all(b"G").await.unwrap();
        connection.read_u8().await.unwrap();
        assert_eq!(broken_after(&mut connection).await, HEAD);

        drop(connection.expectation().request(false));
        assert_eq!(broken_after(&mut connection).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_take_the_answer_is_not_waited_for() {
        let (_client, server) = tokio::io::duplex(4);
        let mut connection = Deadlines::new(server);
        let _answering = connection.expectation().request(false);
        let start = Instant::now();
        let written = timeout(UNREAD * 2, connection.write_all(b"a long answer")).await;
        let error = written.expect("a deadline").unwrap_err();
        assert_eq!((error.kind(), start.elapsed()), (io::ErrorKind::TimedOut, UNREAD));
    }
}
