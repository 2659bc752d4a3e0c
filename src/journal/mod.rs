//! Journal: facts, chained, and the state that follows from them.
