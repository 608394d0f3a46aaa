//! The text of a seed or a template: applied twice it is as if it were applied once.
#![no_main]

use std::path::PathBuf;

use cognitwin::config::Seed;
use cognitwin::seed;
use cognitwin_fuzz::World;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static NOTHING: (World, PathBuf) = {
        let name = format!("cognitwin-fuzz-{}.yaml", std::process::id());
        (World::empty(), std::env::temp_dir().join(name))
    };
}

fuzz_target!(|data: &[u8]| {
    NOTHING.with(|(world, file)| {
        std::fs::write(file, data).unwrap();
        let seeds = [Seed::Path(file.clone())];
        if seed::apply(&world.app, &seeds).is_ok() {
            let once = world.snapshot();
            seed::apply(&world.app, &seeds).unwrap();
            assert_eq!(once, world.snapshot(), "applied twice");
        }
        std::fs::remove_file(file).unwrap();
        world.restore_anyway();
    });
});
