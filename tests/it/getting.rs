//! How one gets a gobag: what a release holds, its man page, and its completions.

mod completions;
mod packages;
mod page;
