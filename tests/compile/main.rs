//! Wrong use of generated code does not compile, and the compiler says why.

#[test]
fn wrong_use_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("compile/fail/*.rs");
}
