import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './data/live.ts';
import { router } from './routes.tsx';
import { Toasts } from './ui/toast.tsx';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/overview.css';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element for the console');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
