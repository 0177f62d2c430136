//! Files of chat data in, files of token ids out.
