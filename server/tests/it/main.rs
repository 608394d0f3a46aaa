//! In-process tests of the whole: a real App, no sockets.
