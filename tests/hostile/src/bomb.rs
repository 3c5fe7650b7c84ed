/// `head`, `filling` bytes of the letter `a`, and `tail`, as a gzip member (RFC 1952) that is about 158 times smaller
/// than its filling.
#[must_use]
pub fn bomb(head: &[u8], filling: usize, tail: &[u8]) -> Vec<u8> {
    // Magic, deflate, no flags, no time, unknown system.
    let mut bits = Bits { bytes: vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], used: 8 };
    // One last block with fixed Huffman codes (RFC 1951 §3.2.6).
    bits.push(1, 1);
    bits.push(0b01, 2);
    // The first letter stands for itself; runs repeat it.
    let (runs, rest) = (filling.saturating_sub(1) / RUN, filling.saturating_sub(1) % RUN);
    for byte in head.iter().chain(b"a") {
        bits.literal(*byte);
    }
    for _ in 0..runs {
        bits.run();
    }
    for byte in std::iter::repeat_n(&b'a', rest).chain(tail) {
        bits.literal(*byte);
    }
    // End of block: seven zero bits.
    bits.push(0, 7);
    let content = head.iter().chain(std::iter::repeat_n(&b'a', filling)).chain(tail);
    let length = head.len() + filling + tail.len();
    bits.bytes.extend(crc32(content).to_le_bytes());
    bits.bytes.extend(u32::try_from(length & 0xFFFF_FFFF).unwrap_or(u32::MAX).to_le_bytes());
    bits.bytes
}

/// The longest repetition that one code stands for.
const RUN: usize = 258;

struct Bits {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken.
    used: u32,
}

impl Bits {
    /// The lowest bits of `value`, the lowest first.
    fn push(&mut self, value: u16, count: u32) {
        for index in 0..count {
            if self.used == 8 {
                self.bytes.push(0);
                self.used = 0;
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> index & 1 == 1) << self.used;
            }
            self.used += 1;
        }
    }

    /// A Huffman code, the highest bit first.
    fn code(&mut self, code: u16, count: u32) {
        self.push(code.reverse_bits() >> (16 - count), count);
    }

    /// One byte below 144.
    fn literal(&mut self, byte: u8) {
        self.code(0b0011_0000 + u16::from(byte), 8);
    }

    /// The byte before, 258 times more: length code 285, distance code 0.
    fn run(&mut self) {
        self.code(0b1100_0101, 8);
        self.code(0, 5);
    }
}

/// CRC-32 of RFC 1952 §8.
fn crc32<'a>(content: impl Iterator<Item = &'a u8>) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|index| {
        let byte = u32::try_from(index).unwrap_or_default();
        (0..8).fold(byte, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    });
    !content.fold(u32::MAX, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        table.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_of_one_letter_is_what_gzip_makes_of_it() {
        // Fixed Huffman codes by hand: 1 (last), 01 (fixed), `a` = 0x30 + 0x61 = 10010001, end = 0000000.
        let deflated = [0b0100_1011, 0b0000_0100, 0b0000_0000];
        let bomb = bomb(b"", 1, b"");
        assert_eq!(bomb[10..13], deflated);
        assert_eq!(bomb[13..17], 0xE8B7_BE43_u32.to_le_bytes(), "the checksum of a single `a`");
        assert_eq!(bomb[17..], 1_u32.to_le_bytes());
    }

    #[test]
    fn a_bomb_is_far_smaller_than_its_content() {
        assert!(bomb(b"{\"", 9_000_000, b"\":1}").len() < 60_000);
    }
}
