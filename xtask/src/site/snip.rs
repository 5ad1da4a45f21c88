//! Takes out of the browser's half what nothing can call. Whatever stands in a table of methods is kept by every linker,
//! called or not; and each view that leptos can draw has a method for coming alive piece by piece, with a state machine
//! for each of its elements. Our pages come alive at once, when their piece has arrived (`frontend`): the bodies of those
//! methods are replaced with a trap, and what only they called goes with the next pass of wasm-opt.

use anyhow::{Result, anyhow};
use walrus::{FunctionBuilder, FunctionKind, ModuleConfig};

/// Part of the mangled name of each function that nothing calls: the state machines inside
/// `<T as tachys::view::any_view::IntoAny>::into_any::hydrate_async`. Not the functions around them: those are short, and the
/// compiler may have given one body to several of them.
const NEVER_CALLED: &str = "8into_any13hydrate_async28_$u7b$$u7b$closure";

/// The module without those bodies, and how many they were.
pub fn snip(module: &[u8]) -> Result<(Vec<u8>, usize)> {
    let mut module = ModuleConfig::new().parse(module).map_err(|error| anyhow!("walrus: {error:#}"))?;
    let doomed: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| {
            let name = module.funcs.get(*id).name.as_deref();
            name.is_some_and(|name| name.contains(NEVER_CALLED))
        })
        .map(|(id, function)| (id, function.ty()))
        .collect();
    for (id, kind) in &doomed {
        let kind = module.types.get(*kind);
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let arguments = parameters.iter().map(|parameter| module.locals.add(*parameter)).collect();
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        module.funcs.get_mut(*id).kind = FunctionKind::Local(trap.local_func(arguments));
    }
    Ok((module.emit_wasm(), doomed.len()))
}
