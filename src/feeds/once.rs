//! What is made at the first request for it and then kept; what could not be made is made anew at the next.

use std::sync::{Mutex, OnceLock, PoisonError};

/// Something that is made once. Whoever asks for it meanwhile waits.
#[derive(Debug)]
pub struct Once<T> {
    made: OnceLock<T>,
    making: Mutex<()>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Once {
            made: OnceLock::new(),
            making: Mutex::default(),
        }
    }
}

impl<T> Once<T> {
    /// It, after `make` made it where it is not there yet.
    ///
    /// # Errors
    /// That of `make`, which is not kept.
    pub fn get<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let _alone = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = make()?;
        Ok(self.made.get_or_init(|| made))
    }
}

#[cfg(test)]
mod tests {
    use super::Once;

    #[test]
    fn what_failed_is_tried_anew_and_what_is_made_is_kept() {
        let once = Once::default();
        for (made, want) in [
            (Err("no"), Err("no")),
            (Err("nor"), Err("nor")),
            (Ok(1), Ok(&1)),
            (Ok(2), Ok(&1)),
            (Err("no"), Ok(&1)),
        ] {
            assert_eq!(once.get(|| made), want);
        }
    }
}
