//! From a request to a reply, as pure functions: the path, the range, the answer, the miss.

pub mod target;
pub mod range;
pub mod miss;
pub mod site;
pub mod reply;
