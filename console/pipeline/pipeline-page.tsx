export function PipelinePage() {
  return <div className="page">PipelinePage</div>;
}
