import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../../shared/runtime/metrics.ts';

/** The lines of one metric, without the buckets. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const text = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));
}

describe('metrics', () => {
  it('renders every metric of the contract under its name and labels', async () => {
    const metrics = new Metrics();
    metrics.actionEnded('ship', 'run', 'completed', 250);
    metrics.stepTaken('ship', 12);
    metrics.workflowEnded('order-payment', 'succeeded', 1_500);
    metrics.retried('ship', 'action-threw');
    metrics.parked('ship', 'retries-exhausted');
    metrics.duplicateDelivery('ship');
    metrics.dead('envelope-invalid');
    metrics.attemptLost('ship');
    metrics.startHandled('order-payment', 'started');
    metrics.batch('attempts', 7);
    expect(await linesOf(metrics, 'conveyor_')).toEqual([
      'conveyor_action_duration_seconds_sum{action="ship",kind="run",outcome="completed"} 0.25',
      'conveyor_action_duration_seconds_count{action="ship",kind="run",outcome="completed"} 1',
      'conveyor_step_latency_seconds_sum{action="ship"} 0.012',
      'conveyor_step_latency_seconds_count{action="ship"} 1',
      'conveyor_workflow_duration_seconds_sum{workflow="order-payment",status="succeeded"} 1.5',
      'conveyor_workflow_duration_seconds_count{workflow="order-payment",status="succeeded"} 1',
      'conveyor_workflows_ended_total{workflow="order-payment",status="succeeded"} 1',
      'conveyor_retries_total{action="ship",code="action-threw"} 1',
      'conveyor_parked_total{action="ship",code="retries-exhausted"} 1',
      'conveyor_duplicate_deliveries_total{action="ship"} 1',
      'conveyor_dead_total{reason="envelope-invalid"} 1',
      'conveyor_lost_attempts_total{action="ship"} 1',
      'conveyor_starts_total{workflow="order-payment",result="started"} 1',
      'conveyor_batch_size_sum{operation="attempts"} 7',
      'conveyor_batch_size_count{operation="attempts"} 1',
      'conveyor_build_info{version="0.1.0"} 1',
    ]);
  });

  it('counts what no catalogue declares as "other", however much of it comes', async () => {
    const metrics = new Metrics();
    for (let index = 0; index < 100; index += 1) {
      metrics.retried('ship', `made-up-${index}`);
      metrics.parked('ship', 'toString');
      metrics.dead(`made-up-${index}`);
      metrics.startHandled(null, 'refused');
    }
    expect(await linesOf(metrics, 'conveyor_retries_total')).toEqual([
      'conveyor_retries_total{action="ship",code="other"} 100',
    ]);
    expect(await linesOf(metrics, 'conveyor_parked_total')).toEqual([
      'conveyor_parked_total{action="ship",code="other"} 100',
    ]);
    expect(await linesOf(metrics, 'conveyor_dead_total')).toEqual(['conveyor_dead_total{reason="other"} 100']);
    expect(await linesOf(metrics, 'conveyor_starts_total')).toEqual([
      'conveyor_starts_total{workflow="other",result="refused"} 100',
    ]);
  });

  it('clamps times between two clocks at 0', async () => {
    const metrics = new Metrics();
    metrics.stepTaken('ship', -3_000);
    metrics.workflowEnded('order-payment', 'failed', -1);
    expect(await linesOf(metrics, 'conveyor_step_latency_seconds_sum')).toEqual([
      'conveyor_step_latency_seconds_sum{action="ship"} 0',
    ]);
    expect(await linesOf(metrics, 'conveyor_workflow_duration_seconds_sum')).toEqual([
      'conveyor_workflow_duration_seconds_sum{workflow="order-payment",status="failed"} 0',
    ]);
  });

  it('tells actions of 1 ms and of 20 minutes apart from all others', async () => {
    const metrics = new Metrics();
    metrics.actionEnded('quick', 'run', 'completed', 1);
    metrics.actionEnded('slow', 'run', 'timed-out', 20 * 60_000);
    const text = await metrics.render();
    expect(text).toContain('{le="0.001",action="quick",kind="run",outcome="completed"} 1');
    expect(text).toContain('{le="300",action="slow",kind="run",outcome="timed-out"} 0');
    expect(text).toContain('{le="1200",action="slow",kind="run",outcome="timed-out"} 1');
  });

  it('keeps the metrics of two instances apart', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.attemptLost('ship');
    expect(await linesOf(other, 'conveyor_lost_attempts_total')).toEqual([]);
  });

  it("adds Node's own metrics for a process", async () => {
    const metrics = new Metrics();
    metrics.collectProcessMetrics();
    const text = await metrics.render();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  });
});
