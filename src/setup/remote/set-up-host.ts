export async function setUpHost(): Promise<void> {}
