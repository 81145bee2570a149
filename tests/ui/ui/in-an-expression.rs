use migrations_runtime::embed_migrations;

fn main() {
    println!("{}", embed_migrations!("fixtures/ui/empty").iter().len());
}
