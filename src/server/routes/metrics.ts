/** Prometheus' page. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ServerMetrics } from '../metrics.js';

export const metricsRoute: FastifyPluginAsyncZod<{ metrics: ServerMetrics }> = async (app, { metrics }) => {
  const response = { 200: { content: { [metrics.contentType]: { schema: z.string() } } } };
  app.get('/metrics', { schema: { summary: 'For Prometheus', response } }, async (_request, reply) =>
    reply
      .type(metrics.contentType)
      .serializer(String)
      .send(await metrics.text()),
  );
};
