//! What a stored message means: header fields, text, HTML for the frame, attachments, mbox files.
//!
//! Every function here is pure and synchronous over `&[u8]`, returns something readable for any bytes whatever, and
//! works within its limits (`limits`). A caller runs them off the async threads and catches a panic where the task
//! ends. Deliberately absent: storage, the network and the clock. The MIME structure is cut by our own splitter
//! (`structure`) because its limits must hold before anything is allocated or recursed into; charsets, encoded
//! words, addresses, dates and parameters are read by `mail-parser`.

mod allowed;
mod attachment;
mod authentication;
mod balance;
mod content;
mod css;
mod display;
mod fields;
mod file_name;
mod html;
mod invitation;
mod limits;
mod link;
mod marked;
mod markup;
mod mbox;
mod parse;
mod picture;
mod source;
mod structure;
mod suspicion;
mod text;
mod transfer;

pub use attachment::{Attachment, attachment, attachment_preview};
pub use authentication::Authentication;
pub use content::Preview;
pub use file_name::safe_file_name;
pub use html::{FrameDocument, RemotePictures, frame_document, marked_frame_document};
pub use limits::{MimeLimits, use_mime_limits};
pub use mbox::{MboxReader, read_mboxrd, write_mboxrd};
pub use parse::{
    Ancestry, HeaderFields, Indexed, ViewParts, header_fields, index_fields, sender_is_confirmed, view_parts,
};
pub use picture::remote_pictures;
pub use source::{SOURCE_PART, source_document};
