//! Whether a message is trained, in the words of several formats: `loss` (ms-swift), `weight` (OpenAI), `train` and
//! `train_on_turn` (axolotl), `masked`.

use super::unfit::unfit;
use super::{Key, Kind, Map, Value};
use crate::error::{RowError, RowErrorKind};

/// Keys of other formats, and whether true means that the message is trained.
const OTHER: [(Key, bool); 4] =
    [(Key::Weight, true), (Key::Train, true), (Key::TrainOnTurn, true), (Key::Masked, false)];

/// Whether `name` is a key of another format.
pub(super) fn is_trained_key(name: &str) -> bool {
    OTHER.iter().any(|(key, _)| key.as_str() == name)
}

/// What a message says of its loss with `loss`.
///
/// # Errors
///
/// A [`RowError`] for a value that is neither true nor false.
pub(super) fn read_loss<'a, M>(message: &M) -> Result<Option<bool>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    read_flag(message, Key::Loss, "true, false or null")
}

/// What a message says of its loss with any key; `loss` is what it says with `loss`.
///
/// # Errors
///
/// A [`RowError`] for a value that is neither true nor false, and for keys that contradict each other.
pub(super) fn read_trained<'a, M>(message: &M, loss: Option<bool>) -> Result<Option<bool>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    let mut found = loss.map(|loss| (Key::Loss, loss));
    for (key, is_trained) in OTHER {
        let expected =
            if key == Key::Weight { "0 or 1 (other weights are what `loss_scale` is for)" } else { "true or false" };
        let Some(given) = read_flag(message, key, expected)? else { continue };
        let given = given == is_trained;
        if let Some((other, known)) = found
            && known != given
        {
            let detail = format!("contradicts `{}`; give one of them", other.as_str());
            return Err(RowError::new(RowErrorKind::WrongValue, detail).at_field(key.as_str()));
        }
        found = Some((key, given));
    }
    Ok(found.map(|(_, given)| given))
}

/// A flag. Files written from data frames hold 0 and 1 in its place.
fn read_flag<'a, M>(message: &M, key: Key, expected: &str) -> Result<Option<bool>, RowError>
where
    M: Map<'a>,
    M::Value: Value<'a>,
{
    match message.get(key).map(|value| value.kind()) {
        None | Some(Kind::Null) => Ok(None),
        Some(Kind::Bool(flag)) => Ok(Some(flag)),
        Some(Kind::Int(0)) => Ok(Some(false)),
        Some(Kind::Int(1)) => Ok(Some(true)),
        Some(Kind::Float(flag)) if flag == 0.0 || flag == 1.0 => Ok(Some(flag == 1.0)),
        Some(other) => Err(unfit(&other, expected).at_field(key.as_str())),
    }
}
