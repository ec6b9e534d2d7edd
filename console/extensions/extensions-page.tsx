export function ExtensionsPage() {
  return <div className="page">ExtensionsPage</div>;
}
