/// The largest stored block (RFC 1951 §3.2.4).
const BLOCK: usize = 65_535;

/// RFC 1952 with stored blocks: a valid gzip member, no smaller than its content.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    // Magic, deflate, no flags, no time, unknown system.
    let mut member = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = content.chunks(BLOCK).peekable();
    if blocks.peek().is_none() {
        member.extend([1, 0, 0, 0xFF, 0xFF]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        member.push(u8::from(blocks.peek().is_none()));
        member.extend(length.to_le_bytes());
        member.extend((!length).to_le_bytes());
        member.extend(block);
    }
    member.extend(crc32(content).to_le_bytes());
    let length = u32::try_from(content.len() & 0xFFFF_FFFF).unwrap_or(u32::MAX);
    member.extend(length.to_le_bytes());
    member
}

/// CRC-32 of RFC 1952 §8, bit by bit.
fn crc32(content: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in content {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard_check_word() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_member_ends_with_checksum_and_length() {
        let member = gzip(b"123456789");
        assert_eq!(member[..2], [0x1F, 0x8B]);
        assert_eq!(member[member.len() - 8..member.len() - 4], 0xCBF4_3926_u32.to_le_bytes());
        assert_eq!(member[member.len() - 4..], 9_u32.to_le_bytes());
    }
}
