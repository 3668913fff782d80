/**
 * `/docs` and `/openapi.json`, made when somebody first asks: a second app with the same routes behind it, so that a
 * server that nobody looks at neither loads nor builds any of it. Works offline.
 */
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { packageVersion } from '../lib/package.js';
import { type RoutesOptions, routes } from './routes/index.js';

export const docs: FastifyPluginAsync<RoutesOptions> = async (app, options) => {
  let building: Promise<FastifyInstance> | undefined;
  app.addHook('onClose', async () => (await building)?.close());
  for (const url of ['/docs', '/docs/*', '/openapi.json']) {
    app.get(url, async (request, reply) => {
      building ??= buildPages(options).catch((error: unknown) => {
        building = undefined;
        throw error;
      });
      const pages = await building;
      reply.hijack();
      pages.routing(request.raw, reply.raw);
    });
  }
};

async function buildPages(options: RoutesOptions): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'arpo-env',
        version: packageVersion(),
        description: 'OSWorld desktops as RL environments.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
      // The empty one: a server on loopback asks for none.
      security: [{ bearer: [] }, { basic: [] }, {}],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: {
      title: 'arpo-env',
      // It only shows a logo that is not ours.
      css: [{ filename: 'arpo-env.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  });
  await app.register(routes, options);
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.ready();
  return app;
}
