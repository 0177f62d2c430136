//! Chooses the fast engine for a tokenizer: the first that was seen to agree with the reference.

use std::thread;

use super::{BpeEngine, Engine, FastEngine, ReferenceEngine, Verdict, first_difference};
use crate::error::Error;

/// How an engine is made of a `tokenizer.json`.
type Make = fn(&[u8]) -> Result<Box<dyn Engine>, Error>;

/// What was kept of an engine for the tokenizer with a hash.
type Load = fn(&str) -> Option<Box<dyn Engine>>;

/// The engines in the order in which they are tried, each with its name in the names of verdicts.
const ENGINES: [(&str, Load, Make); 2] = [
    (BpeEngine::NAME, |hash| Some(Box::new(BpeEngine::load(hash)?)), |json| Ok(Box::new(BpeEngine::from_json(json)?))),
    (FastEngine::NAME, |_| None, |json| Ok(Box::new(FastEngine::from_json(json)?))),
];

/// The fast engine for a tokenizer with this hash, where one is exact; `reference` is called only where none is known
/// to be.
///
/// # Errors
///
/// Why none can be used, in words.
pub fn load_fast<'r>(
    json: &[u8],
    hash: &str,
    reference: impl Fn() -> Result<&'r ReferenceEngine, Error> + Sync,
) -> Result<Box<dyn Engine>, String> {
    let mut reasons: Vec<String> = Vec::new();
    for (name, load, make) in ENGINES {
        let verdict = Verdict::load(name, hash);
        let engine = match &verdict {
            Some(Verdict::Refused(reason)) => Err(reason.clone()),
            Some(Verdict::Exact) => match load(hash) {
                Some(engine) => Ok(engine),
                None => make(json).map_err(|error| error.to_string()).inspect(|engine| engine.keep(hash)),
            },
            None => {
                let (engine, reference) = both(|| make(json), &reference);
                engine.map_err(|error| error.to_string()).and_then(|engine| {
                    probe(engine.as_ref(), reference.map_err(|error| error.to_string())?)?;
                    engine.keep(hash);
                    Ok(engine)
                })
            }
        };
        if verdict.is_none() {
            match &engine {
                Ok(_) => Verdict::Exact.store(name, hash),
                Err(reason) => Verdict::Refused(reason.clone()).store(name, hash),
            }
        }
        match engine {
            Ok(engine) => return Ok(engine),
            Err(reason) if reasons.contains(&reason) => {}
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons.join("; "))
}

/// What both make, the second on a thread of its own: each takes about as long as the other.
fn both<A, B: Send>(first: impl FnOnce() -> A, second: &(impl Fn() -> B + Sync)) -> (A, B) {
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, second);
        let first = first();
        let joined = beside.ok().and_then(|beside| beside.join().ok());
        (first, joined.unwrap_or_else(second))
    })
}

fn probe(engine: &dyn Engine, reference: &ReferenceEngine) -> Result<(), String> {
    match first_difference(engine, reference) {
        Ok(None) => Ok(()),
        Ok(Some(text)) => Err(format!("it differs from the reference on {}", shown(&text))),
        Err(error) => Err(error.to_string()),
    }
}

/// How many characters of a text are shown.
const SHOWN: usize = 200;

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
