//! What the prompt of an open turn ends with, and so what a response begins with.

use std::borrow::Cow;

use crate::error::RowError;
use crate::row::{Row, RowOptions};
use crate::template::{Compiled, Options};
use crate::thinking::Thinking;

/// What the prompt of `row` ends with where its last turn is open.
///
/// # Errors
///
/// A [`RowError`] for a row whose say on thinking makes no sense.
pub fn response_prefix(template: &Compiled, options: &Options, row: &Row<'_>) -> Result<String, RowError> {
    let thinking = Thinking::new(template, options, &row.options)?;
    Ok(prefix_of(template, options, &row.options, &thinking).into_owned())
}

/// What the row says, else the call, else the template.
pub(super) fn prefix_of<'a>(
    template: &'a Compiled,
    options: &'a Options,
    row: &'a RowOptions<'_>,
    thinking: &Thinking<'a>,
) -> Cow<'a, str> {
    let own = row.response_prefix.as_deref().or(options.response_prefix.as_deref());
    let default = if options.use_chat_template { thinking.response_prefix() } else { "" };
    let prefix = own.unwrap_or(default);
    let channels = template.rules.channels.as_ref().filter(|_| !prefix.is_empty());
    channels.and_then(|channels| channels.write(prefix, false)).map_or(Cow::Borrowed(prefix), Cow::Owned)
}
