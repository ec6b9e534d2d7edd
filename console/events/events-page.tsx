export function EventsPage() {
  return <div className="page">EventsPage</div>;
}
