//! Compiles the drawings.

fn main() -> Result<(), slint_build::CompileError> {
    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent".to_owned())
        // Tests find elements by what a screen reader says.
        .with_debug_info(std::env::var("PROFILE").is_ok_and(|profile| profile == "debug"))
        .embed_resources(slint_build::EmbedResourcesKind::EmbedFiles);
    slint_build::compile_with_config("ui/app.slint", config)
}
