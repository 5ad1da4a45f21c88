//! Native dialogs.
