export function AdminPage() {
  return <div className="page">AdminPage</div>;
}
