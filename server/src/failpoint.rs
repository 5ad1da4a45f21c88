//! Places at which a test ends the process: `RESTANTE_FAILPOINT=commit:3` aborts when the third commit begins,
//! `commit:3:panic` panics there instead. Programs that are built for use have none of this.

/// Marks a place. The process ends here where the test says so.
#[cfg(debug_assertions)]
pub fn hit(step: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    struct Plan {
        step: String,
        left: AtomicU32,
        panics: bool,
    }
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| {
        let text = std::env::var("RESTANTE_FAILPOINT").ok()?;
        let mut words = text.split(':');
        let step = words.next()?.to_owned();
        let left = AtomicU32::new(words.next()?.parse().ok()?);
        Some(Plan { step, left, panics: words.next() == Some("panic") })
    });
    let Some(plan) = plan.as_ref().filter(|plan| plan.step == step) else { return };
    if plan.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        if plan.panics {
            std::panic::panic_any(format!("failpoint {step}"));
        }
        std::process::abort();
    }
}

/// Marks a place.
#[cfg(not(debug_assertions))]
#[inline]
pub fn hit(_step: &str) {}
