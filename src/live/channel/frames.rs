//! The frames of a channel. Each is `number (8 bytes, big-endian) ‖ channel (2 bytes) ‖ ciphertext with tag`.
//!
//! The channel is 0 for what is about the connection, else the number of a subscription. What is authenticated beside
//! the ciphertext is the direction, the channel and the topic that both sides know it to be: a frame that is moved to
//! another topic does not open.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf;

/// After so many frames, or sooner when a side says so, the next key takes over.
pub const FRAMES_OF_A_KEY: u64 = 1 << 20;
const HEAD: usize = 10;

/// A frame that is not the next one of the other side, as it was sent. The connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("is no frame")]
    Malformed,
    #[error("is not the next frame")]
    OutOfOrder,
    #[error("does not open")]
    Tampered,
}

/// Which way a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    ToServer,
    ToClient,
}

impl Direction {
    pub fn label(self) -> &'static [u8] {
        match self {
            Self::ToServer => b"client to server",
            Self::ToClient => b"server to client",
        }
    }
}

/// The keys of one direction: the one in use, and what the next one is made of.
pub(super) struct Keys {
    direction: Direction,
    secret: [u8; 32],
    aead: LessSafeKey,
    /// The number of the next frame.
    next: u64,
    /// Frames of this key.
    used: u64,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// `None` never happens with these lengths.
pub(super) fn expand(prk: &hkdf::Prk, label: &[u8]) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    prk.expand(&[label], Length(32)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

impl Keys {
    pub fn new(direction: Direction, secret: [u8; 32]) -> Option<Self> {
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &secret).ok()?);
        Some(Self { direction, secret, aead, next: 0, used: 0 })
    }

    /// The next key, which cannot be computed back. Numbers go on.
    fn turn(&mut self) -> Option<()> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"ironmonger rekey").extract(&self.secret);
        let next = Self::new(self.direction, expand(&prk, self.direction.label())?)?;
        *self = Self { next: self.next, ..next };
        Some(())
    }

    fn aad(&self, channel: u16, topic: &str) -> Vec<u8> {
        let direction = match self.direction {
            Direction::ToServer => 0,
            Direction::ToClient => 1,
        };
        let mut aad = vec![direction];
        aad.extend(channel.to_be_bytes());
        aad.extend(topic.as_bytes());
        aad
    }

    fn nonce(number: u64) -> Nonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&number.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Seals what is sent.
pub struct Sealer(pub(super) Keys);

impl Sealer {
    /// Whether the next frame must say that the one after it has another key, and [`Self::turn`] be called then.
    pub fn is_due(&self) -> bool {
        self.0.used >= FRAMES_OF_A_KEY - 1
    }

    /// `None` when nothing can be sealed any more.
    pub fn seal(&mut self, channel: u16, topic: &str, text: &[u8]) -> Option<Vec<u8>> {
        let keys = &mut self.0;
        let number = keys.next;
        let mut frame = Vec::with_capacity(HEAD + text.len() + AES_256_GCM.tag_len());
        let mut sealed = text.to_vec();
        let aad = Aad::from(keys.aad(channel, topic));
        keys.aead.seal_in_place_append_tag(Keys::nonce(number), aad, &mut sealed).ok()?;
        frame.extend(number.to_be_bytes());
        frame.extend(channel.to_be_bytes());
        frame.extend(sealed);
        keys.next = number.checked_add(1)?;
        keys.used += 1;
        Some(frame)
    }

    /// From here on the next key seals.
    pub fn turn(&mut self) -> Option<()> {
        self.0.turn()
    }
}

/// Opens what comes.
pub struct Opener(pub(super) Keys);

impl Opener {
    /// The channel that a frame says it belongs to.
    ///
    /// # Errors
    /// When it is no frame.
    pub fn channel(frame: &[u8]) -> Result<u16, Broken> {
        let head = frame.first_chunk::<HEAD>().ok_or(Broken::Malformed)?;
        Ok(u16::from_be_bytes([head[8], head[9]]))
    }

    /// The text of the next frame, which belongs to this topic.
    ///
    /// # Errors
    /// When it came before, out of turn, was changed, or belongs to another topic.
    pub fn open(&mut self, topic: &str, frame: &[u8]) -> Result<Vec<u8>, Broken> {
        let channel = Self::channel(frame)?;
        let (head, sealed) = frame.split_at(HEAD);
        let number = head.first_chunk::<8>().map(|number| u64::from_be_bytes(*number)).ok_or(Broken::Malformed)?;
        let keys = &mut self.0;
        if number != keys.next {
            return Err(Broken::OutOfOrder);
        }
        let mut text = sealed.to_vec();
        let aad = Aad::from(keys.aad(channel, topic));
        let opened = keys.aead.open_in_place(Keys::nonce(number), aad, &mut text).map_err(|_| Broken::Tampered)?;
        let opened = opened.to_vec();
        keys.next = number.checked_add(1).ok_or(Broken::OutOfOrder)?;
        keys.used += 1;
        // whoever sends has to take another key in time
        if keys.used > FRAMES_OF_A_KEY {
            return Err(Broken::OutOfOrder);
        }
        Ok(opened)
    }

    /// The other side said that its next key takes over.
    pub fn turn(&mut self) -> Option<()> {
        self.0.turn()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Sealer, Opener) {
        let keys = || Keys::new(Direction::ToClient, [7; 32]).unwrap();
        (Sealer(keys()), Opener(keys()))
    }

    #[test]
    fn each_frame_opens_once_in_order_and_as_it_was_sent() {
        let (mut sealer, mut opener) = pair();
        let (first, second) = (sealer.seal(3, "order:1", b"one").unwrap(), sealer.seal(3, "order:1", b"two").unwrap());
        assert_eq!(Opener::channel(&first), Ok(3));
        assert_eq!(opener.open("order:1", &second), Err(Broken::OutOfOrder), "reordered");
        assert_eq!(opener.open("order:2", &first), Err(Broken::Tampered), "of another topic");
        let mut moved = first.clone();
        moved[9] = 4;
        assert_eq!(opener.open("order:1", &moved), Err(Broken::Tampered), "on another channel");
        for at in 10..first.len() {
            let mut changed = first.clone();
            changed[at] ^= 1;
            assert_eq!(opener.open("order:1", &changed), Err(Broken::Tampered), "byte {at}");
        }
        for length in 0..first.len() {
            assert!(opener.open("order:1", &first[..length]).is_err(), "cut at {length}");
        }
        assert_eq!(opener.open("order:1", &first).unwrap(), b"one");
        assert_eq!(opener.open("order:1", &first), Err(Broken::OutOfOrder), "replayed");
        assert_eq!(opener.open("order:1", &second).unwrap(), b"two");
        // what the shop sends does not open as what a client sends
        let mut back = Opener(Keys::new(Direction::ToServer, [7; 32]).unwrap());
        assert_eq!(back.open("order:1", &first), Err(Broken::Tampered));
    }

    #[test]
    fn keys_turn_on_both_sides_and_the_old_one_opens_nothing_more() {
        let (mut sealer, mut opener) = pair();
        let before = sealer.seal(0, "", b"turn").unwrap();
        opener.open("", &before).unwrap();
        sealer.turn().unwrap();
        let after = sealer.seal(0, "", b"new").unwrap();
        assert_eq!(opener.open("", &after), Err(Broken::Tampered));
        opener.turn().unwrap();
        assert_eq!(opener.open("", &after).unwrap(), b"new");
    }

    #[test]
    fn a_key_is_not_used_for_longer_than_it_may_be() {
        let (mut sealer, mut opener) = pair();
        sealer.0.used = FRAMES_OF_A_KEY - 1;
        assert!(sealer.is_due());
        opener.0.used = FRAMES_OF_A_KEY;
        let frame = sealer.seal(0, "", b"one too many").unwrap();
        assert_eq!(opener.open("", &frame), Err(Broken::OutOfOrder));
    }
}
