//! From a request to a reply, as pure functions but for one count: the path, the range, the form, the answer, the miss.

pub mod request;
pub mod origin;
pub mod places;
pub mod target;
pub mod range;
pub mod miss;
pub mod form;
pub mod unpacked;
pub mod body;
pub mod site;
mod shown;
pub mod fed;
pub mod reply;
