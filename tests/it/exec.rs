//! Commands run with the bag at hand, and the doctor's word on whether they will work.

mod run;
mod cache;
mod cached;
mod ends;
mod older;
mod settings;
mod heads;
mod doctor;
mod graph;
mod doctor_build;
mod doctor_cached;
mod doctor_files;
mod doctor_true;
