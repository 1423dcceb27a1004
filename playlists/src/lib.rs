//! Playlist file formats, bytes in and bytes out.
