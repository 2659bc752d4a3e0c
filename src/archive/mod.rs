//! Archive: every byte once, immutable, provable.
