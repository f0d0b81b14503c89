export default function Page() {
  return <main>Assay</main>;
}
