//! Chance that comes out the same every time.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The id of a thing with this name: the same in every shop that is seeded (RFC 9562, version 8).
pub fn stable(kind: &str, name: &str) -> Uuid {
    uuid::Builder::from_custom_bytes(first_16(kind, name)).into_uuid()
}

fn first_16(kind: &str, name: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::new().chain_update(kind).chain_update([0]).chain_update(name).finalize().into();
    std::array::from_fn(|n| digest[n])
}

/// A small generator (SplitMix64) whose numbers follow from what it is seeded with. Not for secrets.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn of(name: &str) -> Self {
        let bytes = first_16("chance", name);
        Self(u64::from_le_bytes(std::array::from_fn(|n| bytes[n])))
    }

    pub fn numbered(n: u64) -> Self {
        let mut chance = Self(n);
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Zero or more, less than `n`.
    pub fn below(&mut self, n: usize) -> usize {
        // the bias of a remainder is far below what a sample could show
        (self.next() % n.max(1) as u64) as usize
    }

    /// From `low` to `high`, both of them possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).max(1).unsigned_abs()) as i64
    }

    /// True `n` times in a hundred.
    pub fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_every_time() {
        assert_eq!(stable("product", "hammer"), stable("product", "hammer"));
        assert_ne!(stable("product", "hammer"), stable("variant", "hammer"));
        let draw = || {
            let mut chance = Chance::of("test");
            std::array::from_fn::<_, 5, _>(|_| chance.between(1, 1000))
        };
        assert_eq!(draw(), draw());
        let mut chance = Chance::numbered(7);
        assert!((0..1000).map(|_| chance.between(-3, 3)).all(|n| (-3..=3).contains(&n)));
    }
}
