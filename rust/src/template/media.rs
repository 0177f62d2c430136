//! Which templates leave media to somebody else: a template of a multimodal model says how texts are
//! laid out, and what stands for an image only its processor knows.

use super::Compiled;
use crate::error::{RowError, RowErrorKind};
use crate::row::MediaCounts;

impl Compiled {
    /// Refuses media that only a media processor could lay out.
    ///
    /// # Errors
    ///
    /// [`RowErrorKind::Unsupported`] for the first medium that a row of a multimodal template brings.
    pub fn check_media(&self, media: MediaCounts) -> Result<(), RowError> {
        if !self.is_multimodal {
            return Ok(());
        }
        let counts = [("images", media.images), ("videos", media.videos), ("audios", media.audios)];
        match counts.into_iter().find(|(_, count)| *count > 0) {
            None => Ok(()),
            Some((field, _)) => {
                let detail = format!(
                    "are given, and the template '{}' needs a media processor for them; register it with a \
                     template_cls that lays them out, or leave them out",
                    self.template_type
                );
                Err(RowError::new(RowErrorKind::Unsupported, detail).at_field(field))
            }
        }
    }
}
