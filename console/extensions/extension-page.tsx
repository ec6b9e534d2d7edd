export function ExtensionPage() {
  return <div className="page">ExtensionPage</div>;
}
