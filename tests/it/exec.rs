//! Commands run with the bag at hand, and the doctor's word on whether they will work.

mod run;
mod cache;
mod ends;
mod older;
mod settings;
mod doctor;
mod graph;
mod doctor_files;
