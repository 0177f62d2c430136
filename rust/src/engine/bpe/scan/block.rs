//! Pre-tokens of ASCII text, sixty-four bytes at a time: a word of 64 bits says of each byte whether it is of some kind,
//! and where pre-tokens begin comes from these words without a look at any byte by itself.
//!
//! That goes as far as the block tells for certain. What follows, and all that is not plain (other characters than
//! ASCII's, control characters, what may be a contraction), is for the scanners of one pre-token at a time.

/// What the patterns differ in, as far as ASCII goes.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// A capital begins a new word behind a small letter.
    pub cased: bool,
    /// Letters behind an apostrophe may be a contraction.
    pub contractions: bool,
    /// Slashes follow symbols and their line ends, as more line ends do.
    pub slash: bool,
    /// Up to how many digits make a number.
    pub digits: u8,
    /// Numbers are split off before all else: white space before one is like white space at the end.
    pub digits_first: bool,
}

/// What is known of a block; see [`look`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// A bit for each byte behind the first with which a pre-token begins, as far as that is certain.
    pub starts: u64,
    /// How far the block is plain.
    pub plain: usize,
}

/// How many bytes a block has.
pub const BLOCK: usize = 64;

/// A bit for each byte of a block, by its kind. What is of none is not plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kinds {
    letter: u64,
    capital: u64,
    digit: u64,
    /// All that is printed and neither letter nor digit.
    symbol: u64,
    apostrophe: u64,
    slash: u64,
    space: u64,
    tab: u64,
    /// `\r` and `\n`.
    line_end: u64,
}

/// Looks at the block at `at`, where a pre-token begins. Whether one begins at a byte hangs on the two before it and the
/// one behind it, or on the run of white space that it is in; of pre-tokens, none reaches back further.
#[inline(always)]
pub fn look(text: &[u8], at: usize, rules: Rules) -> Block {
    let kinds = match text.get(at..).and_then(<[u8]>::first_chunk) {
        Some(block) => kinds(block),
        None => {
            let mut block = [0; BLOCK];
            let rest = text.get(at..).unwrap_or_default();
            block[..rest.len()].copy_from_slice(rest);
            kinds(&block)
        }
    };
    let plain = (!plain(&kinds, rules)).trailing_zeros() as usize;
    let starts = starts(&kinds, rules) & below(certain(&kinds, plain)) & !1;
    Block { starts, plain }
}

/// The bits below `count`, which is at most 64.
#[inline(always)]
fn below(count: usize) -> u64 {
    if count < BLOCK { (1 << count) - 1 } else { u64::MAX }
}

/// Which bytes are plain.
#[inline(always)]
fn plain(kinds: &Kinds, rules: Rules) -> u64 {
    let Kinds { letter, digit, symbol, apostrophe, slash, space, tab, line_end, .. } = *kinds;
    let mut plain = letter | digit | symbol | space | tab | line_end;
    if rules.contractions {
        // Behind the last byte there may be a letter.
        plain &= !apostrophe | (digit | symbol | space | tab | line_end) >> 1;
    }
    if rules.slash {
        plain &= !(slash & line_end << 1);
    }
    plain
}

/// How far it is certain where pre-tokens begin, if the first `plain` bytes are plain: what comes then may belong to the
/// same word, and to white space before it.
#[inline(always)]
fn certain(kinds: &Kinds, plain: usize) -> usize {
    let blank = kinds.space | kinds.tab | kinds.line_end;
    let solid = !blank & below(plain);
    let behind = BLOCK - solid.leading_zeros() as usize;
    // Where white space begins a pre-token may end.
    if behind < plain { behind + 1 } else { plain }
}

/// Where pre-tokens begin, if all is plain and goes on so.
#[inline(always)]
fn starts(kinds: &Kinds, rules: Rules) -> u64 {
    let Kinds { letter, capital, digit, symbol, space, tab, line_end, .. } = *kinds;
    let blank = space | tab;
    let first = |kind: u64| kind & !(kind << 1);

    // Symbols take a space along. One by itself, without a space, goes with the word behind it.
    let symbols = first(symbol);
    let spaced = symbols & space << 1;
    let leading = symbols & !spaced & !(symbol >> 1);

    // So does white space that is no line end.
    let mut words = first(letter) & !(blank << 1) & !(leading << 1);
    if rules.cased {
        words |= capital & (letter & !capital) << 1;
    }

    let blanks = first(blank);
    // The places behind runs of white space without line ends: what is added at their beginning is carried there.
    let behind = blank.wrapping_add(blanks) & !blank;
    let ending = behind & line_end;
    let mut last = behind & !line_end;
    if rules.digits_first {
        last &= !digit;
    }
    // The last of a run goes with what follows.
    let mut white = blanks | last >> 1;
    let line_ends = first(line_end);
    if ending != 0 && blanks & line_end << 1 != 0 {
        white &= !between_line_ends(blanks, ending, line_end, line_ends & symbol << 1);
    }
    // Line ends go with the white space or the symbols before them.
    let broken = line_ends & !((blank | symbol) << 1);

    words | numbers(digit, rules.digits) | symbols & !spaced | white | broken
}

/// Where numbers begin, each as long as it may be.
#[inline(always)]
fn numbers(digit: u64, most: u8) -> u64 {
    if most == 1 {
        return digit;
    }
    let mut begin = digit & !(digit << 1);
    let mut numbers = begin;
    // Where there are so many digits without another kind between them.
    let whole = if most == 2 { digit & digit << 1 } else { digit & digit << 1 & digit << 2 };
    let most = u32::from(most);
    while begin != 0 {
        begin = (begin << (most - 1) & whole) << 1 & digit;
        numbers |= begin;
    }
    numbers
}

/// The beginnings of white space that has line ends before it and behind it: all that is one pre-token, unless symbols
/// took those before it, which are at `taken`.
#[cold]
fn between_line_ends(blanks: u64, mut ending: u64, line_end: u64, taken: u64) -> u64 {
    let free = line_end.wrapping_add(taken) & !line_end;
    let mut between = 0;
    while ending != 0 {
        let before = blanks & ((ending & ending.wrapping_neg()) - 1);
        let begin = 1 << (BLOCK as u32 - 1).wrapping_sub(before.leading_zeros()) as u64;
        between |= begin & line_end << 1 & !free;
        ending &= ending - 1;
    }
    between
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn kinds(block: &[u8; BLOCK]) -> Kinds {
    use core::arch::x86_64::*;
    /// A bit for each byte for which `test` gives a byte with the highest bit set.
    #[inline(always)]
    fn bits(lanes: [__m128i; 4], test: impl Fn(__m128i) -> __m128i) -> u64 {
        // SAFETY: every processor of this kind has SSE2.
        let bits = lanes.map(|lane| u64::from(unsafe { _mm_movemask_epi8(test(lane)) } as u16));
        bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
    }
    // SAFETY: as above, and sixty-four bytes are there.
    unsafe {
        let from = block.as_ptr().cast::<__m128i>();
        let lanes = [0, 1, 2, 3].map(|lane| _mm_loadu_si128(from.add(lane)));
        let is = |lane, byte: u8| _mm_cmpeq_epi8(lane, _mm_set1_epi8(byte as i8));
        let within = |lane, low: u8, high: u8| {
            let above = _mm_sub_epi8(lane, _mm_set1_epi8(low as i8));
            _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8((high - low) as i8)), above)
        };
        let letter = bits(lanes, |lane| within(_mm_or_si128(lane, _mm_set1_epi8(0x20)), b'a', b'z'));
        let digit = bits(lanes, |lane| within(lane, b'0', b'9'));
        let printed = bits(lanes, |lane| within(lane, b'!', b'~'));
        Kinds {
            letter,
            capital: bits(lanes, |lane| within(lane, b'A', b'Z')),
            digit,
            symbol: printed & !(letter | digit),
            apostrophe: bits(lanes, |lane| is(lane, b'\'')),
            slash: bits(lanes, |lane| is(lane, b'/')),
            space: bits(lanes, |lane| is(lane, b' ')),
            tab: bits(lanes, |lane| is(lane, b'\t')),
            line_end: bits(lanes, |lane| _mm_or_si128(is(lane, b'\r'), is(lane, b'\n'))),
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn kinds(block: &[u8; BLOCK]) -> Kinds {
    kinds_one_by_one(block)
}

/// The kinds of bytes, where there are no instructions for many bytes at once.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn kinds_one_by_one(block: &[u8; BLOCK]) -> Kinds {
    let bits = |test: fn(&u8) -> bool| block.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(test(byte)));
    Kinds {
        letter: bits(u8::is_ascii_alphabetic),
        capital: bits(u8::is_ascii_uppercase),
        digit: bits(u8::is_ascii_digit),
        symbol: bits(u8::is_ascii_punctuation),
        apostrophe: bits(|byte| *byte == b'\''),
        slash: bits(|byte| *byte == b'/'),
        space: bits(|byte| *byte == b' '),
        tab: bits(|byte| *byte == b'\t'),
        line_end: bits(|byte| matches!(byte, b'\r' | b'\n')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { cased: true, contractions: true, slash: true, digits: 3, digits_first: false };

    /// Where pre-tokens begin, and how far the block is plain.
    fn seen(text: &str, rules: Rules) -> (Vec<usize>, usize) {
        let Block { starts, plain } = look(text.as_bytes(), 0, rules);
        ((0..BLOCK).filter(|at| starts >> at & 1 == 1).collect(), plain)
    }

    #[test]
    fn every_byte_is_of_the_same_kind_one_by_one() {
        for first in (0..=255u8).step_by(BLOCK) {
            let block = std::array::from_fn(|at| first + at as u8);
            assert_eq!(kinds(&block), kinds_one_by_one(&block));
            let block = std::array::from_fn(|at| (first + at as u8).reverse_bits());
            assert_eq!(kinds(&block), kinds_one_by_one(&block));
        }
    }

    #[test]
    fn it_goes_as_far_as_is_certain() {
        assert_eq!(seen("", RULES), (vec![], 0));
        // Of the last pre-token nobody knows how it goes on, nor of the white space before what is not plain.
        assert_eq!(seen("a bc (d)", RULES), (vec![1, 4, 6, 7], 8));
        assert_eq!(seen("a b  \u{e9}", RULES), (vec![1, 3], 5));
        assert_eq!(seen("don't do", RULES), (vec![], 3));
        assert_eq!(seen("don' do", RULES), (vec![3, 4], 7));
        assert_eq!(seen("x.\n/y z", RULES), (vec![1], 3));
        assert_eq!(seen("aB12345 ", RULES), (vec![1, 2, 5, 7], 8));
        let full = "ab ".repeat(30);
        assert_eq!(seen(&full, RULES), ((2..BLOCK).step_by(3).collect(), 64));
    }

    #[test]
    fn white_space_between_line_ends_is_one() {
        assert_eq!(seen("a\n  \n  \n  b", RULES).0, [1, 8, 9]);
        assert_eq!(seen("a.\n  \n  \n  b", RULES).0, [1, 3, 9, 10]);
        assert_eq!(seen("a  \n\t\n b.\n c", RULES).0, [1, 6, 8, 10]);
        assert_eq!(seen("a  1", Rules { digits_first: true, ..RULES }).0, [1, 3]);
        assert_eq!(seen("a  1", RULES).0, [1, 2, 3]);
    }
}
