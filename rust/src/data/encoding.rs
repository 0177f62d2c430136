//! Tells UTF-8 text from other encodings and from binary files, by the first bytes.

/// What is wrong with a text that begins with `head`; `None` where it may be UTF-8.
pub(super) fn foreign_encoding(head: &[u8]) -> Option<String> {
    if let Some(name) = unicode_encoding(head) {
        return Some(format!("is {name}, not UTF-8; convert it, for example with: iconv -f {name} -t UTF-8"));
    }
    let what = match head {
        [0, ..] => "begins with zero bytes; it is not text, or was not written to its end",
        [b'P', b'A', b'R', b'1', ..] => "is a Parquet file; name it .parquet, or give input_format 'parquet'",
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => "is an Arrow IPC file; convert it to Parquet or JSONL",
        [b'P', b'K', 3, 4, ..] => "is a ZIP archive; extract it",
        [b'B', b'Z', b'h', ..] => "is compressed with bzip2; decompress it, or compress it with gzip or zstd",
        [0xfd, b'7', b'z', b'X', b'Z', ..] => "is compressed with xz; decompress it, or compress it with gzip or zstd",
        _ => return None,
    };
    Some(what.to_owned())
}

/// The Unicode encoding other than UTF-8 that a text begins with, by its byte order mark or by the zero bytes of
/// its first characters, which are ASCII in JSON.
fn unicode_encoding(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, 0, 0, ..] | [1..=255, 0, 0, 0, ..] => Some("UTF-32LE"),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=255, ..] => Some("UTF-32BE"),
        [0xff, 0xfe, ..] | [1..=255, 0, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] | [0, 1..=255, ..] => Some("UTF-16BE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_by_their_first_bytes() {
        assert_eq!(foreign_encoding(b"{\"a\""), None);
        assert_eq!(foreign_encoding("\u{feff}{}".as_bytes()), None);
        assert_eq!(foreign_encoding("é".as_bytes()), None);
        assert_eq!(foreign_encoding(b""), None);
        for (head, name) in [
            (&b"\xff\xfe{\0"[..], "UTF-16LE"),
            (b"\xfe\xff\0{", "UTF-16BE"),
            (b"{\0\"\0", "UTF-16LE"),
            (b"\0[\0{", "UTF-16BE"),
            (b"\xff\xfe\0\0{\0\0\0", "UTF-32LE"),
            (b"\0\0\xfe\xff\0\0\0{", "UTF-32BE"),
            (b"{\0\0\0", "UTF-32LE"),
            (b"\0\0\0{", "UTF-32BE"),
        ] {
            let detail = foreign_encoding(head).unwrap();
            assert!(detail.starts_with(&format!("is {name}, not UTF-8")), "{detail}");
        }
        assert!(foreign_encoding(b"PAR1\x15\x04").unwrap().contains("Parquet"));
        assert!(foreign_encoding(b"\0\0\0\0\0\0").unwrap().contains("zero bytes"));
        assert!(foreign_encoding(b"\0").unwrap().contains("zero bytes"));
    }
}
